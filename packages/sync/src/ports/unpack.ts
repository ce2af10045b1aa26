/** Turns a compressed file into a stream of its content. */
export interface Unpacker {
  /** True if files with this ending (`gz`, `xz`, "" for plain) can be read here. */
  reads(compression: string): boolean;
  /**
   * The content of `path`, at most `limit` bytes.
   * @throws SyncError ERR_SYNC_BAD_INDEX when the file is damaged, cut short, or longer than `limit`.
   */
  open(path: string, compression: string, limit: number): AsyncIterable<Uint8Array>;
}
