/** The files that make a suite's Release known: the first alone, or the other two together. */
export type DocumentName = "InRelease" | "Release" | "Release.gpg";

/** All of them. */
export const DOCUMENT_NAMES: readonly DocumentName[] = ["InRelease", "Release", "Release.gpg"];
