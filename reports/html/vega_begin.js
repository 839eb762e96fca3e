/* Vega's parts are AMD modules: `define(names, factory)`. Here each is made at once, from parts that
 * came before it, and keeps its exports under its own name. */
(function () {
var exports, module; /* hides what a host page may have, so that the parts call define */
var parts = {}, loading = "";
function define(names, factory) {
    var made = parts[loading] = {};
    factory.apply(null, names.map(function (name) {
        if (name === "exports") {
            return made;
        }
        if (!parts[name]) {
            throw new Error(loading + " needs " + name);
        }
        return parts[name];
    }));
}
define.amd = true;
