/** The longest wait for anything: as long as a plan says that its change may take. A busy machine needs it. */
export const PATIENCE_MS = 300_000;
