// node test/long/python-debian.mjs FILE [apt_pkg|pure]: every field of the file as python3-debian has it
import * as library from "../../dist/index.js";
import { compareWithPythonDebian } from "./python-debian-library.mjs";

const [, , file = "/var/lib/dpkg/status", backend = "apt_pkg"] = process.argv;
const { stanzas, fields } = await compareWithPythonDebian(library, file, backend);
console.log(`${file}: ${stanzas} stanzas, ${fields} fields, all as python3-debian reads them`);
