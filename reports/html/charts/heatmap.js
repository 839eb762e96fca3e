/* One metric over two axes, a cell each pair of values; choosers hold the other axes. */
var heat = {x: null, y: null, metric: "latency_s", slice: {}};

/* Of a comparison, machines and networks make a map when most pairs ran. */
function hasHeatmap() {
    var pairs = allAxes[0].values.length * allAxes[1].values.length;
    var crossed = allAxes[0].values.length > 1 && allAxes[1].values.length > 1 && POINTS > 0.6 * pairs;
    return drawnAxes.length > 1 && POINTS > 3 && (isSweep() || crossed);
}

/* The two axes with most numbers, the longer one across; texts where there are not two. */
function startHeatmap() {
    var ranked = drawnAxes.slice().sort(function (a, b) {
        return b.numeric - a.numeric || b.values.length - a.values.length;
    });
    heat.x = ranked[0].key;
    heat.y = ranked[1].key;
    if (!metricOf(heat.metric)) {
        heat.metric = metrics[0].key;
    }
    chooseHeat();
}

function chooseHeat() {
    var place = chooserPlace("heatmap");
    var focus = document.activeElement && place.contains(document.activeElement)
        ? document.activeElement.getAttribute("aria-label") : null;
    place.replaceChildren();
    /* Choosing the axis that is drawn the other way turns the chart. */
    function setAxis(key, other) {
        return function (value) {
            if (heat[other] === value) {
                heat[other] = heat[key];
            }
            heat[key] = value;
            chooseHeat();
        };
    }
    chooser(place, "metric", metricChoices(), heat.metric, function (value) {
        heat.metric = value;
        drawHeat();
    });
    chooser(place, "across", axisChoices(drawnAxes), heat.x, setAxis("x", "y"));
    chooser(place, "upwards", axisChoices(drawnAxes), heat.y, setAxis("y", "x"));
    sliceChoosers(place, heat.slice, [heat.x, heat.y], drawHeat);
    var select = focus && Array.from(place.querySelectorAll("select")).filter(function (each) {
        return each.getAttribute("aria-label") === focus;
    })[0];
    if (select) {
        select.focus();
    }
    drawHeat();
}

/* The points of a cell: the best of those that ran, and how many there are. */
function heatCells(points, x, y, metric) {
    var cells = new Map();
    points.forEach(function (point) {
        var key = x.at[point] + " " + y.at[point], cell = cells.get(key);
        if (!cell) {
            cell = {point: point, count: 0, value: null, x: x.at[point], y: y.at[point]};
            cells.set(key, cell);
        }
        var value = metric.values[point];
        cell.count++;
        if (value !== null && (cell.value === null || better(metric, value, cell.value))) {
            cell.value = value;
            cell.point = point;
        }
    });
    return Array.from(cells.values());
}

/* The best cells are framed, unless many are equally good. */
var SHORTEST_ROW = 5, TALLEST_ROW = 34, HEAT_HEIGHT = 520, MOST_BEST = 3;

/* Numbers stand in the cells where they fit. */
function heatLabels(cells, metric, cellWidth, cellHeight) {
    var texts = cells.map(function (cell) {
        return cell.value === null ? "failed" : shown(cell.value, metric, 3);
    });
    var fits = cellWidth > longest(texts) * 6.4 + 8 && cellHeight >= 18;
    cells.forEach(function (cell, index) { cell.text = fits ? texts[index] : ""; });
}

function heatNote(cells, points, metric, x, y) {
    if (cells.length === 0) {
        return "no point has these values";
    }
    var notes = ["bright is better"];
    if (points.length > cells.length) {
        notes.push("each cell shows the best of its points (" + points.length.toLocaleString("en") + " in " +
            cells.length.toLocaleString("en") + " cells)");
    }
    [x, y].forEach(function (axis) {
        if (axis.ranges) {
            notes.push(axis.title + " is cut into " + axis.values.length + " ranges");
        }
    });
    var failed = cells.filter(function (cell) { return cell.value === null; }).length;
    if (failed > 0) {
        notes.push(failed + " failed");
    }
    return notes.join("; ");
}

/* Labels of an axis as their texts, by the index of the value. */
function heatTexts(axis) {
    return axis.values.map(function (text, index) {
        return axis.numeric && !axis.ranges ? plain(Number(text)) : valueText(axis, index);
    });
}

function drawHeat() {
    var x = axisOf(heat.x), y = axisOf(heat.y), metric = metricOf(heat.metric);
    var points = slicePoints(heat.slice, [heat.x, heat.y]);
    var cells = heatCells(points, x, y, metric);
    var values = cells.map(function (cell) { return cell.value; }).filter(function (value) { return value !== null; });
    var columns = valuesIn(cells, "x"), rows = valuesIn(cells, "y");
    if (y.numeric) {
        rows.reverse();
    }
    var row = Math.max(SHORTEST_ROW, Math.min(TALLEST_ROW, HEAT_HEIGHT / rows.length));
    var xTexts = heatTexts(x), yTexts = heatTexts(y);
    var column = (widthOf("heatmap") - Math.min(160, 40 + 7 * longest(yTexts))) / columns.length;
    heatLabels(cells, metric, column, row);
    var low = least(values), high = greatest(values), best = metric.best === "min" ? low : high;
    var marks = values.filter(function (value) { return value === best; }).length <= MOST_BEST;
    cells.forEach(function (cell) {
        cell.best = marks && cell.value === best;
        cell.hint = pointHint(cell.point, [metric]) + (cell.best ? "\nthe best of these" : "") +
            (cell.count > 1 ? "\nthe best of " + cell.count + " points" : "");
    });
    note("heatmap", heatNote(cells, points, metric, x, y));
    var log = low > 0 && high / low > 10;
    var limits = values.length ? low < high ? [low, high] : [low, low + Math.abs(low) || 1] : [0, 1];
    draw("heatmap", "heatmap", metric.title + " over " + x.title + " and " + y.title,
         {height: row * rows.length, x_values: columns, y_values: rows, x_texts: xTexts, y_texts: yTexts,
          x_title: titled(x), y_title: titled(y), show: metric.show, unit: metric.unit, limits: limits,
          legend_ticks: log ? ticksOf(limits) : null, middle: log ? Math.sqrt(low * high) : (low + high) / 2,
          falling: metric.best === "min", legend_title: titled(metric),
          slanted: !x.numeric && longest(xTexts) * 7 > column},
         {cells: cells, texts: cells.filter(function (cell) { return cell.text; })},
         {color: {type: log ? "log" : "linear"}}, function (cell) { pickPoint(cell.point); });
}

function longest(texts) {
    return greatest(texts.map(function (text) { return text.length; }));
}

/* Values of an axis that some cell has, in their order. */
function valuesIn(cells, side) {
    return distinct(cells.map(function (cell) { return cell[side]; }));
}
