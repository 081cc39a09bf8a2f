// A rival: the managed upload of @azure/storage-blob. Usage: node_sdk.mjs URL FILE
import { createRequire } from "node:module";
import { join } from "node:path";

// The package is installed below target/, away from this file.
const require = createRequire(join(process.env.NODE_SDK, "package.json"));
const { BlockBlobClient } = require("@azure/storage-blob");

const [url, file] = process.argv.slice(2);
await new BlockBlobClient(url).uploadFile(file);
