/** Whether an error is never the fault of a file: this process may not open, start or hold more. */
export function isOfProcess(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"].includes(String(code));
}
