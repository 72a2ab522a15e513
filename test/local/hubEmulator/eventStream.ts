import type { Delivery } from "../../../local/hubEmulator/world/deliveries.ts";

export interface LogEvent<Entry> {
  readonly id: string;
  readonly data: Entry;
}

export interface EventStream<Entry> {
  /** The events received so far. */
  readonly events: readonly LogEvent<Entry>[];
  ended(): boolean;
  close(): void;
}

/** Opens the stream of deliveries, or of requests, and reads it in the background until it ends or is closed. */
export async function readEvents<Entry = Delivery>(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  what: "deliveries" | "requests" = "deliveries",
): Promise<EventStream<Entry>> {
  const abort = new AbortController();
  const response = await fetch(`${url}/_emulator/${what}`, {
    headers: { accept: "text/event-stream", ...headers },
    signal: abort.signal,
  });
  const events: LogEvent<Entry>[] = [];
  let ended = false;

  async function read(): Promise<void> {
    let text = "";
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      const parts = text.split("\n\n");
      text = parts.pop() ?? "";
      for (const part of parts) {
        const [, id, data] = /^id: (\d+)\ndata: (.*)$/s.exec(part) ?? [];
        if (id !== undefined && data !== undefined) events.push({ id, data: JSON.parse(data) });
      }
    }
  }

  read()
    .catch(() => {})
    .finally(() => {
      ended = true;
    });
  return { events, ended: () => ended, close: () => abort.abort() };
}
