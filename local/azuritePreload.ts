import { createRequire } from "node:module";

/*
 * Azurite's process imports this first.
 *
 * It ends Azurite when the process that started it is gone, which Azurite does not check itself. The channel to
 * that process must not keep Azurite running otherwise.
 */
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();

/** The part of lokijs that Azurite keeps its extents with. */
interface Collection {
  findOne(query: object): object | null;
  remove(document: object): void;
}

interface ExtentStore {
  readonly db: { getCollection(name: string): Collection };
  readonly EXTENTS_COLLECTION: string;
  deleteExtent(id: string): Promise<void>;
}

const requireOfAzurite = createRequire(import.meta.resolve("azurite/dist/src/azurite.js"));
const { default: Store }: { default: { prototype: ExtentStore } } = requireOfAzurite(
  "./common/persistence/LokiExtentMetadataStore.js",
);
if (!("deleteExtent" in Store.prototype)) throw new Error("Azurite has no deleteExtent.");

/**
 * Deletes an extent without sorting the index of all extents again. Azurite's own method sorts it for each one, and
 * in memory a queue message is an extent: at 60 inserts a second, the sweep of each minute froze all services for
 * 8 to 12 s (measured with version 3.37). Azurite has no option for it.
 */
Store.prototype.deleteExtent = async function (id) {
  const extents = this.db.getCollection(this.EXTENTS_COLLECTION);
  const extent = extents.findOne({ id });
  if (extent) extents.remove(extent);
};
