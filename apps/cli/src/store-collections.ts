import type { Collection } from "@mirror/snapshot";
import { collectionOf, type OpenMirrors } from "./open-mirrors.js";

/** Every mirror that the store has files of, configured or not. */
export async function storeCollections({ config, store }: OpenMirrors): Promise<Collection[]> {
  const configured = new Map(config.mirrors.map((mirror) => [mirror.id, mirror]));
  return (await store.collections()).map((id) => {
    const mirror = configured.get(id);
    return mirror === undefined ? store.collection(id) : collectionOf(store, mirror);
  });
}
