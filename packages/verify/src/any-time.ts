/**
 * The date that makes OpenPGP.js leave time out of a question.
 *
 * Its API takes `null` for that where its types say `Date`; leaving the argument out would mean
 * the clock of this machine.
 */
export const ANY_TIME = null as unknown as Date;
