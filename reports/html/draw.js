/* ---------------------------------------------------------------- drawing */

vega.expressionFunction("si", si);
vega.expressionFunction("tick", tick);
vega.expressionFunction("shown", function (value, kind, unit) { return shown(value, {show: kind, unit: unit}); });
vega.expressionFunction("shown_tick", function (value, kind, unit) {
    return kind === "percent" ? percent(value).replace(".0 %", " %") : kind === "plain" ? plain(value)
                                                                                       : tick(value, unit);
});

/* Colours are the page's variables, so that dark, light and print need no second drawing. */
var CHART_CONFIG = {
    background: null,
    padding: 4,
    axis: {labelColor: "var(--quiet)", titleColor: "var(--quiet)", gridColor: "var(--grid)", domainColor: "var(--edge)",
           tickColor: "var(--edge)", labelFont: "system-ui, sans-serif", titleFont: "system-ui, sans-serif",
           titleFontWeight: 400, labelFontSize: 12, titleFontSize: 12, labelOverlap: true},
    axisLeft: {labelPadding: 8},
    text: {font: "system-ui, sans-serif", fontSize: 12},
    group: {stroke: null}
};

var views = {};

function figureOf(name) {
    return document.querySelector('figure[data-chart="' + name + '"]');
}

function note(name, text) {
    figureOf(name).querySelector("figcaption .quiet").textContent = text;
}

/* Where the choosers of a chart stand: between its caption and its drawing. */
function chooserPlace(name) {
    var figure = figureOf(name);
    return figure.querySelector(".filters") ||
        figure.insertBefore(element("p", {"class": "filters"}), figure.querySelector("figcaption").nextSibling);
}

/* ---------------------------------------------------------------- hints */

function placeHint(text, x, y) {
    var hint = byId("hint");
    hint.hidden = !text;
    if (text) {
        hint.textContent = text;
        var box = hint.getBoundingClientRect();
        var below = y + 18 + box.height <= window.innerHeight;
        hint.style.left = Math.max(8, Math.min(x + 14, window.innerWidth - box.width - 8)) + "px";
        hint.style.top = Math.max(8, below ? y + 18 : y - box.height - 10) + "px";
    }
}

function showHint(handler, event, item, value) {
    /* A view that ends hides its hint, without an event. */
    placeHint(event ? value : "", event ? event.clientX : 0, event ? event.clientY : 0);
}

/* ---------------------------------------------------------------- a chart */

/* Draws a spec into the figure of a name, or draws it anew with other data and signals. A scale whose kind
 * the data decides is named in `scales`; `pick` is called with the row of a mark that is clicked. */
function draw(name, spec, label, signals, tables, scales, pick) {
    var figure = figureOf(name);
    var place = figure.querySelector(".chart");
    if (!place) {
        place = figure.appendChild(element("div", {"class": "chart", tabindex: "0", role: "group"}));
        moveByKeys(place, name);
    }
    place.setAttribute("aria-label", label + "; arrow keys go from mark to mark");
    if (views[name]) {
        views[name].finalize();
    }
    var parsed = JSON.parse(byId("chart-" + spec).textContent);
    parsed.description = label;
    parsed.data.forEach(function (table) {
        if (tables[table.name]) {
            table.values = tables[table.name];
        }
    });
    parsed.scales.forEach(function (scale) { Object.assign(scale, (scales || {})[scale.name]); });
    var view = new vega.View(vega.parse(parsed, CHART_CONFIG), {renderer: "svg"});
    view.tooltip(showHint);
    Object.keys(signals).forEach(function (key) { view.signal(key, signals[key]); });
    if (pick) {
        view.addEventListener("click", function (event, item) {
            if (item && item.datum) {
                pick(item.datum);
            }
        });
    }
    view.pick = pick;
    views[name] = view;
    view.width(place.clientWidth).initialize(place).hover().run();
}

/* Without its view a chart that is hidden costs nothing. */
function undraw(name) {
    if (views[name]) {
        views[name].finalize();
        delete views[name];
        figureOf(name).querySelector(".chart").remove();
    }
}

function widthOf(name) {
    return figureOf(name).clientWidth;
}

function fitCharts() {
    Object.keys(views).forEach(function (name) {
        var width = views[name].container().clientWidth;
        if (width > 0 && width !== views[name].width()) {
            views[name].width(width).runAsync();
        }
    });
}

/* ---------------------------------------------------------------- keys */

var STEPS = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1]};

function centreOf(mark) {
    var box = mark.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
}

/* The nearest mark in a direction: sideways counts thrice, so that rows and columns are kept. */
function markTowards(marks, from, step) {
    var best = null, least = Infinity, start = centreOf(from);
    marks.forEach(function (mark) {
        var centre = centreOf(mark);
        var ahead = (centre[0] - start[0]) * step[0] + (centre[1] - start[1]) * step[1];
        var aside = Math.abs((centre[0] - start[0]) * step[1]) + Math.abs((centre[1] - start[1]) * step[0]);
        if (mark !== from && ahead > 0.5 && ahead + 3 * aside < least) {
            best = mark;
            least = ahead + 3 * aside;
        }
    });
    return best || from;
}

/* The arrow keys carry the hint through the marks of a chart that has the focus. */
function moveByKeys(place, name) {
    var current = null;
    function leave() {
        if (current) {
            current.classList.remove("reached");
        }
        current = null;
        placeHint("");
    }
    place.addEventListener("keydown", function (event) {
        var marks = Array.from(place.querySelectorAll("svg path[aria-label]"));
        if (event.key === "Enter" && current && views[name].pick) {
            views[name].pick(current.__data__.datum);
        }
        if (event.key === "Escape") {
            leave();
        }
        if (!STEPS[event.key] || marks.length === 0) {
            return;
        }
        event.preventDefault();
        var next = marks.indexOf(current) < 0 ? marks[0] : markTowards(marks, current, STEPS[event.key]);
        leave();
        current = next;
        current.classList.add("reached");
        current.scrollIntoView({block: "nearest", behavior: "instant"});
        var centre = centreOf(current);
        placeHint(current.getAttribute("aria-label"), centre[0], centre[1]);
    });
    place.addEventListener("blur", leave);
}

/* ---------------------------------------------------------------- axes and legends */

/* Limits of a logarithmic axis that leave room around the values, and at most a handful of decades. */
function logAxis(values) {
    var positive = values.filter(function (value) { return value > 0; });
    if (positive.length === 0) {
        return {limits: [1, 10], ticks: [1, 10]};
    }
    var first = Math.log10(least(positive)), last = Math.log10(greatest(positive));
    var room = Math.max(0.15, (last - first) * 0.12);
    var limits = [Math.pow(10, first - room), Math.pow(10, last + room)];
    return {limits: limits, ticks: ticksOf(limits)};
}

function ticksOf(limits) {
    var first = Math.log10(limits[0]), last = Math.log10(limits[1]);
    var wide = last - first, ticks = [];
    var factors = wide > 2.5 ? [1] : wide > 1.2 ? [1, 3] : [1, 2, 5];
    var step = Math.max(1, Math.ceil(wide / 6));
    for (var decade = Math.floor(first); decade <= Math.ceil(last); decade++) {
        factors.forEach(function (factor) {
            var tick = Number((factor + "e" + decade));
            if (decade % step === 0 && tick >= limits[0] * 0.999 && tick <= limits[1] * 1.001) {
                ticks.push(tick);
            }
        });
    }
    return ticks;
}

/* Parts are [key, colour, name]. */
function legend(name, parts) {
    var figure = figureOf(name);
    var old = figure.querySelector(".legend");
    if (old) {
        old.remove();
    }
    if (parts.length > 0) {
        var before = figure.querySelector(".filters") || figure.querySelector("figcaption");
        before.after(element("ul", {"class": "legend"}, parts.map(function (part) {
            return element("li", {}, [element("i", {style: "background:" + part[1]}), part[2]]);
        })));
    }
}

/* Parts that take no share anywhere need no colour in the legend. */
function presentParts(parts, rows) {
    return parts.filter(function (part) {
        return rows.some(function (row) { return row.part === part[2] && row.value > 0; });
    });
}

/* Okabe and Ito's colours again, for machines and other series. */
var SERIES_COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999", "#8b5a2b"];

function seriesColor(index) {
    return SERIES_COLORS[index % SERIES_COLORS.length];
}

/* Stops of a ramp for numbers of which there are more than colours; all stand out from light and from dark paper. */
var RAMP = [[74, 92, 214], [134, 74, 190], [190, 70, 150], [226, 92, 94], [238, 138, 60], [226, 184, 40]];

function rampColor(share) {
    var place = share * (RAMP.length - 1), low = Math.min(RAMP.length - 2, Math.floor(place));
    return "rgb(" + RAMP[low].map(function (part, i) {
        return Math.round(part + (place - low) * (RAMP[low + 1][i] - part));
    }).join(",") + ")";
}

function hasRamp(axis) {
    return axis.numeric && axis.values.length > SERIES_COLORS.length;
}

function axisColor(axis, index) {
    return hasRamp(axis) ? rampColor(index / (axis.values.length - 1)) : seriesColor(index);
}

/* A ramp is told by five of its values. */
function axisLegend(axis, indices) {
    if (hasRamp(axis)) {
        indices = [0, 0.25, 0.5, 0.75, 1].map(function (share) {
            return Math.round(share * (axis.values.length - 1));
        });
    }
    return indices.map(function (index) { return [index, axisColor(axis, index), namedValue(axis, index)]; });
}

function rowCount(rows) {
    return new Set(rows.map(function (row) { return row.row || row.name; })).size;
}
