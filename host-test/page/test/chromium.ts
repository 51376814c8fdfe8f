/** The browser of this machine, for the page's tests and the plugin's. */

import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The program that `CHROMIUM` names, else one in a usual place. Undefined where there is none. */
export const CHROMIUM = process.env["CHROMIUM"] ?? PLACES.find((place) => existsSync(place));
