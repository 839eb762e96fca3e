/* ---------------------------------------------------------------- tables */

/* A column: {title, unit, get(row) -> value, show(value) -> text, number, head, long, minor}. Each cell keeps
 * its value unrounded in data-value. */
function textOf(column, row) {
    var value = column.get(row);
    return value === null ? "\u2013" : column.show ? column.show(value) : String(value);
}

function classesOf(column, best) {
    return [column.number && "number", column.long && "long", best && "best", column.minor && "minor"]
        .filter(Boolean).join(" ") || undefined;
}

function cellOf(column, row, best) {
    var value = column.get(row), text = textOf(column, row);
    var attributes = {"data-value": value, "class": classesOf(column, best)};
    if (column.number && value !== null) {
        attributes.title = String(value) + (column.unit ? " " + column.unit : "");
    }
    if (column.head) {
        attributes.scope = "row";
    }
    return element(column.head ? "th" : "td", attributes, text);
}

function headingOf(column, content) {
    var inside = [content];
    return element("th", {scope: "col", "class": classesOf(column, false)}, inside);
}

/* The least (or greatest) of a column is marked when there is something to compare, of equal work. */
function bestOf(column, rows) {
    if (!column.best || rows.length < 2 || works().size > 1) {
        return null;
    }
    var best = column.best.apply(null, rows.map(column.get));
    return textOf(column, rows.filter(function (row) { return column.get(row) === best; })[0]);
}

/* The best of a column is marked as it is read: equal texts are equally good, and of equals none is marked. */
function isBest(column, row, best, rows) {
    return best !== null && textOf(column, row) === best &&
        rows.some(function (other) { return textOf(column, other) !== best; });
}

function fillTable(table, columns, rows, caption) {
    var head = element("tr", {}, columns.map(function (column) { return headingOf(column, column.title); }));
    var bests = columns.map(function (column) { return bestOf(column, rows); });
    var body = rows.map(function (row) {
        return element("tr", {}, columns.map(function (column, c) {
            return cellOf(column, row, isBest(column, row, bests[c], rows));
        }));
    });
    table.replaceChildren(element("caption", {hidden: ""}, caption), element("thead", {}, head),
                          element("tbody", {}, body));
}

/* Sorting is by value, and stable: equal rows stay as they were. */
function compareValues(a, b) {
    if (typeof a === "number") {
        return a - b;
    }
    return a < b ? -1 : a > b ? 1 : 0;
}

/* What has no value comes last, whichever way. */
function sortRows(rows, column, direction) {
    return rows.slice().sort(function (a, b) {
        var x = column.get(a), y = column.get(b);
        return x === null || y === null ? (x === null) - (y === null) : direction * compareValues(x, y);
    });
}

/* Buttons that turn the pages of a long table, below it. Returns {show(first, count)}. */
function pager(table, size, turned) {
    var place = element("p", {"class": "pages", hidden: ""}), said = element("output");
    function button(label, step) {
        var made = element("button", {type: "button"}, label);
        made.addEventListener("click", function () { turned(step); });
        return made;
    }
    var before = button("previous " + size, -1), next = button("next " + size, 1);
    place.append(before, next, said);
    table.parentNode.after(place);
    return {show: function (first, count) {
        place.hidden = count <= size;
        before.disabled = first === 0;
        next.disabled = first + size >= count;
        said.textContent = "rows " + (first + 1).toLocaleString("en") + " to " +
            Math.min(first + size, count).toLocaleString("en") + " of " + count.toLocaleString("en");
    }};
}

/* A table whose headings are buttons that sort it, all of it, whatever page is shown. Returns {show(rows)}. */
var PAGE_ROWS = 200;

function sortableTable(table, columns, caption) {
    var sorted = {column: null, direction: 1}, shown = [], ordered = [], first = 0;
    var headings = columns.map(function (column) {
        var button = element("button", {type: "button"}, column.title);
        button.addEventListener("click", function () {
            /* Numbers begin with the greatest, or the best: that is what one looks for. */
            var start = column.number && !column.falls ? -1 : 1;
            sorted = sorted.column === column ? {column: column, direction: -sorted.direction}
                                              : {column: column, direction: start};
            order();
        });
        return headingOf(column, button);
    });
    var body = element("tbody");
    table.replaceChildren(element("caption", {hidden: ""}, caption),
                          element("thead", {}, element("tr", {}, headings)), body);
    var pages = pager(table, PAGE_ROWS, function (step) {
        first += step * PAGE_ROWS;
        table.parentNode.scrollTop = 0;
        fill();
    });

    function order() {
        ordered = sorted.column ? sortRows(shown, sorted.column, sorted.direction) : shown;
        columns.forEach(function (column, c) {
            if (sorted.column === column) {
                headings[c].setAttribute("aria-sort", sorted.direction > 0 ? "ascending" : "descending");
            } else {
                headings[c].removeAttribute("aria-sort");
            }
        });
        first = 0;
        fill();
    }

    function fill() {
        body.replaceChildren.apply(body, ordered.slice(first, first + PAGE_ROWS).map(function (row) {
            return element("tr", {}, columns.map(function (column) { return cellOf(column, row, false); }));
        }));
        pages.show(first, ordered.length);
    }
    return {show: function (rows) { shown = rows; order(); }};
}
