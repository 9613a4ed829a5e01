// Loaded into Playwright's driver (NODE_OPTIONS): Firefox ESR refuses the one call by which it would set a colour scheme.
"use strict";

const Module = require("node:module");
const load = Module._extensions[".js"];

Module._extensions[".js"] = (module, filename) => {
  const compile = module._compile;
  module._compile = function (code, ...rest) {
    return compile.call(this, code.replace(/async (doUpdateDefaultEmulatedMedia|updateEmulateMedia)\(\) \{/g, "$& return;"), ...rest);
  };
  return load(module, filename);
};
