/** Characters that matter to URLs, terminals and encodings, and some that do not. */
const ALPHABET = [
  ..."abcXYZ019/:@?#%&+~=.-_ \\\"'<>[]{}|^`!$()*,;",
  ..."\0\x07\r\n\t\x1b\x7f\x80\x9b\xa0\xff",
  ..."üß漢😀\u200b\u202e\u2028\ufeff\ufffd",
];

/** The same texts of up to 40 characters in every run: a test over them fails repeatably. */
export function* randomTexts(count: number, alphabet = ALPHABET): Generator<string> {
  let state = 12_345;
  const next = (below: number) => {
    // The constants of Numerical Recipes' generator.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let n = 0; n < count; n++) {
    yield Array.from({ length: 1 + next(40) }, () => alphabet[next(alphabet.length)]).join("");
  }
}
