/** The release this is part of. */
export const VERSION = "0.1.0";
