#!/usr/bin/env node
const { join } = require("node:path");
const { load } = require("./load-compiled.js");

load(join(__dirname, "../dist/cli.cjs"));
