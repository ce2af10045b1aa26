export { readPattern } from "./pattern.js";
export type { Fault, Reading } from "./reading.js";
