/** The part of undici that this app uses. The rest of undici, with `fetch`, would double what a start loads. */
declare module "undici/lib/dispatcher/agent.js" {
  import { Agent } from "undici";
  export default Agent;
}
