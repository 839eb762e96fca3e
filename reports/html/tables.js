/* ---------------------------------------------------------------- tables */

/* A column: {title, unit, get(row) -> value, show(value) -> text, number, head, long}. Each cell keeps
 * its value unrounded in data-value. */
function cellOf(column, row, best) {
    var value = column.get(row);
    var text = column.show ? column.show(value) : String(value);
    var classes = [column.number ? "number" : "", column.long ? "long" : "", best ? "best" : ""].join(" ").trim();
    var attributes = {"data-value": value, "class": classes || undefined};
    if (column.number) {
        attributes.title = String(value) + (column.unit ? " " + column.unit : "");
    }
    if (column.head) {
        attributes.scope = "row";
    }
    return element(column.head ? "th" : "td", attributes, text);
}

function headingOf(column, content) {
    var inside = [content];
    return element("th", {scope: "col", "class": column.number ? "number" : undefined}, inside);
}

/* The least (or greatest) of a column is marked when there is something to compare. */
function bestOf(column, rows) {
    if (!column.best || rows.length < 2) {
        return null;
    }
    return column.best.apply(null, rows.map(column.get));
}

function fillTable(table, columns, rows, caption) {
    var head = element("tr", {}, columns.map(function (column) { return headingOf(column, column.title); }));
    var bests = columns.map(function (column) { return bestOf(column, rows); });
    var body = rows.map(function (row) {
        return element("tr", {}, columns.map(function (column, c) {
            return cellOf(column, row, bests[c] !== null && column.get(row) === bests[c]);
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

/* A table whose headings are buttons that sort it. Returns {show(rows)}. */
function sortableTable(table, columns, caption) {
    var sorted = {column: null, direction: 1}, shown = [];
    var headings = columns.map(function (column) {
        var button = element("button", {type: "button"}, column.title);
        button.addEventListener("click", function () {
            /* Numbers begin with the greatest: that is what one looks for. */
            var first = column.number ? -1 : 1;
            sorted = sorted.column === column ? {column: column, direction: -sorted.direction}
                                              : {column: column, direction: first};
            draw();
        });
        return headingOf(column, button);
    });
    var body = element("tbody");
    table.replaceChildren(element("caption", {hidden: ""}, caption),
                          element("thead", {}, element("tr", {}, headings)), body);

    function draw() {
        var rows = shown.slice();
        if (sorted.column) {
            rows.sort(function (a, b) {
                return sorted.direction * compareValues(sorted.column.get(a), sorted.column.get(b));
            });
        }
        columns.forEach(function (column, c) {
            if (sorted.column === column) {
                headings[c].setAttribute("aria-sort", sorted.direction > 0 ? "ascending" : "descending");
            } else {
                headings[c].removeAttribute("aria-sort");
            }
        });
        body.replaceChildren.apply(body, rows.map(function (row) {
            return element("tr", {}, columns.map(function (column) { return cellOf(column, row, false); }));
        }));
    }
    return {show: function (rows) { shown = rows; draw(); }};
}
