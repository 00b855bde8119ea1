/** For mapped-pages.test.ts, as a process of its own: whether pages go, come back, and are missed. */
import { forgetMappedPages, recallMappedPages, residentMemory } from "../../../core/os/linux/mapped-pages.ts";

const before = residentMemory();
forgetMappedPages();
const after = residentMemory();
recallMappedPages();
const again = residentMemory();
JSON.parse(JSON.stringify(Array.from({ length: 1000 }, (_, index) => [index, new Intl.NumberFormat("de").format(index)])));
const own = before.own > 0 && after.own > before.own / 2;
console.log(JSON.stringify({ gone: after.mapped < before.mapped / 2, back: again.mapped > before.mapped * 0.9, own }));
