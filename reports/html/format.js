/* ---------------------------------------------------------------- numbers as text */

var PREFIXES = ["a", "f", "p", "n", "\u00b5", "m", "", "k", "M", "G", "T", "P", "E"];
var PLAIN = 6;

/* Four digits (or as many as asked for) with an SI prefix: 1.234 ms. */
function si(value, unit, figures) {
    var count = figures || 4, size = Math.abs(value), prefix = PLAIN;
    if ((unit || "")[0] === "/" && size > 0 && size < 0.99995) {
        return plain(value, count) + " " + unit; /* milli-somethings a second would read as metres */
    }
    /* From here on a number rounds up to the next power of ten. */
    function reaches(power) { return size >= Math.pow(10, power) - 0.5 * Math.pow(10, power - count); }
    while (reaches(3) && prefix < PREFIXES.length - 1) {
        size /= 1e3;
        prefix++;
    }
    while (size > 0 && !reaches(0) && prefix > 0) {
        size *= 1e3;
        prefix--;
    }
    var digits = size === 0 ? 0 : count - (reaches(2) ? 3 : reaches(1) ? 2 : 1);
    var text = (value < 0 ? "-" : "") + size.toFixed(digits);
    var behind = PREFIXES[prefix] + (unit || "");
    return behind ? text + " " + behind : text;
}

/* The same for the ticks of an axis, without zeros behind the point: 10 ms. */
function tick(value, unit) {
    return si(value, unit).replace(/(\.\d*?)0+(?= |$)/, "$1").replace(/\.(?= |$)/, "");
}

/* Four digits, whatever the size, without an exponent where there is no need of one. */
function plain(value, figures) {
    if (value === 0) {
        return "0";
    }
    return String(Number(value.toPrecision(figures || 4)));
}

function percent(fraction) {
    return (100 * fraction).toFixed(1) + " %";
}

/* ---------------------------------------------------------------- elements */

function element(name, attributes, children) {
    var node = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) {
        if (attributes[key] !== undefined) {
            node.setAttribute(key, attributes[key]);
        }
    });
    [].concat(children === undefined ? [] : children).forEach(function (child) {
        node.append(child);
    });
    return node;
}

function byId(id) {
    return document.getElementById(id);
}

/* A value of a metric or column: {show: "si" | "percent" | "plain", unit}. */
function shown(value, how, figures) {
    if (value === null || value === undefined) {
        return "\u2013";
    }
    return how.show === "percent" ? percent(value) : how.show === "plain"
        ? plain(value, figures) + (how.unit ? " " + how.unit : "") : si(value, how.unit, figures);
}

/* Of lists too long for the arguments of Math.min. */
function least(values) {
    return values.reduce(function (a, b) { return Math.min(a, b); }, Infinity);
}

function greatest(values) {
    return values.reduce(function (a, b) { return Math.max(a, b); }, -Infinity);
}

/* Numbers, each once, by size. */
function distinct(numbers) {
    return Array.from(new Set(numbers)).sort(function (a, b) { return a - b; });
}
