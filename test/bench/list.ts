import { randomUUID } from "node:crypto";
import { seed } from "../support/todoItems.ts";
import { type Bench, median } from "./figures.ts";
import { load } from "./load.ts";
import { insertOf, withApp } from "./withApp.ts";

/** Lists a page of 100 of a user's 10,000 items, against an insert. */
export const benchList: Bench = ({ quick, progress }) =>
  withApp(async ({ cloud, app, token }) => {
    const now = new Date().toISOString();
    const times = { createdAt: now, updatedAt: now, complete: false };
    const count = quick ? 1_000 : 10_000;
    progress(`list: ${count} items`);
    const items = Array.from({ length: count }, () => ({
      id: randomUUID(),
      text: "Buy milk",
      ...times,
    }));
    await load(app, 5, 50, (index) => insertOf(token, index), 201);
    await seed(cloud.addresses.storage, "alice", items);
    const request = {
      method: "GET",
      path: "/tables/TodoItem?$top=100",
      headers: { authorization: `Bearer ${token}` },
    };
    const pages = quick ? 50 : 300;
    await load(app, 5, pages, () => request, 200);
    const inserts = await load(
      app,
      5,
      pages,
      (index) => insertOf(token, index),
      201,
      cloud.settled,
    );
    const lists = await load(app, 5, pages, () => request, 200);
    const ratio = lists.cpu / inserts.cpu;
    return {
      figures: { "CPU of a page of 100 items, of an insert's": ratio },
      lines: [
        `A page of 100 of ${count} items costs ${ratio.toFixed(2)} times the CPU of an insert, ${median(lists.times).toFixed(1)} ms, ${lists.perSecond.toFixed(0)} a second.`,
      ],
    };
  });
