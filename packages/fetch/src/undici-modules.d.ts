// The parts of undici that a plain request needs; its index loads three times as much.
declare module "undici/lib/dispatcher/client.js" {
  import { Client } from "undici";

  export = Client;
}
declare module "undici/lib/core/connect.js" {
  import { buildConnector } from "undici";

  export = buildConnector;
}
