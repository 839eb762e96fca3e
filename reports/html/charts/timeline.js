/* What units and memories did during one layer, from a trace: units by time, memories below. */

var MEMORY_PARTS = [["load", "#0072b2", "loading"], ["read", "#0072b2", "reading"], ["write", "#8b5a2b", "writing"]];
var STAND_INS = [["extrapolated", "var(--edge)", "extrapolated"], ["repeated", "var(--edge)", "repeated"]];

/* In a pipe these are waits, which the page's other charts name by what is waited for. */
var TIMELINE_PARTS = TIME_PARTS.map(function (part) {
    var waits = ["dram", "cache", "interconnect"].indexOf(part[0]) >= 0;
    return [part[0], part[1], (waits ? "waiting for " : "") + part[2]];
}).concat(MEMORY_PARTS, STAND_INS);

var chosenTimeline = 0;

function timelinesOf(result) {
    return (data.timelines || []).filter(function (timeline) { return results[timeline.result] === result; });
}

function hasTimeline(result) {
    return timelinesOf(result).length > 0;
}

function partOf(kind) {
    return TIMELINE_PARTS.filter(function (part) { return part[0] === kind; })[0] || [kind, "#999999", kind];
}

function us(value) {
    return si(value * 1e-6, "s");
}

/* Bars of a row: a unit's loads are a thin one under its pipe. */
function timelineBars(row) {
    return row.slices.map(function (slice) {
        var part = partOf(slice[2]), end = slice[0] + slice[1];
        var share = slice.length > 4 ? slice[4] : 1;
        var tile = typeof slice[3] === "number" ? ", tile " + slice[3] : share < 1 ? ", up to " + percent(share) : "";
        return {row: row.name, start: slice[0] * 1e-6, end: end * 1e-6, color: part[1], kind: slice[2],
                thin: row.place === "loads", strength: row.place === "pipe" ? 1 : 0.15 + 0.85 * share,
                hint: row.name + ": " + (row.coarse && row.place === "pipe" ? "mostly " : "") + part[2] + tile + "\n" + us(slice[0]) + " to " +
                    us(end) + " (" + us(slice[1]) + ")"};
    });
}

function timelineNote(timeline) {
    var notes = ["bound by " + timeline.bound + ", " + timeline.algorithm];
    if (timeline.original) {
        notes.unshift("simulated once as " + timeline.original);
    }
    if (timeline.units_shown < timeline.units) {
        notes.push(timeline.units_shown + " of " + timeline.units + " units");
    }
    if (timeline.channels_shown < timeline.channels) {
        notes.push(timeline.channels_shown + " of " + timeline.channels + " DRAM channels");
    }
    if (timeline.rows.some(function (row) { return row.coarse; })) {
        notes.push("too many slices to show each: colours are what took most, paler where less was busy");
    }
    if (timeline.covered_us < timeline.duration_us) {
        notes.push("the trace ends at " + us(timeline.covered_us));
    }
    return notes.join("; ");
}

/* Several layers: a chooser. */
function chooseTimeline(result, timelines) {
    var place = chooserPlace("timeline");
    place.hidden = timelines.length < 2;
    place.replaceChildren();
    if (timelines.length > 1) {
        var select = element("select", {id: "timeline-layer"});
        options(select, timelines.map(function (timeline, index) { return [index, timeline.layer]; }));
        select.value = String(chosenTimeline);
        select.addEventListener("change", function () {
            chosenTimeline = Number(select.value);
            drawTimeline(result);
            byId("timeline-layer").focus();
        });
        place.append(element("label", {"for": "timeline-layer"}, "Layer "), select);
    }
}

function drawTimeline(result) {
    var timelines = timelinesOf(result);
    chosenTimeline = Math.min(chosenTimeline, timelines.length - 1);
    var timeline = timelines[chosenTimeline];
    /* A unit without loads, a memory that nothing asked for: no row. */
    var rows = timeline.rows.filter(function (row) { return row.slices.length > 0 || row.place === "pipe"; });
    var bars = [].concat.apply([], rows.map(timelineBars));
    var kinds = new Set(bars.map(function (bar) { return bar.kind; }));
    var names = Array.from(new Set(rows.map(function (row) { return row.name; })));
    note("timeline", timeline.layer + ": " + timelineNote(timeline));
    chooseTimeline(result, timelines);
    /* Loads have the colour of reads, of which they are made. */
    legend("timeline", TIMELINE_PARTS.filter(function (part) {
        return kinds.has(part[0]) && !(part[0] === "read" && kinds.has("load"));
    }));
    draw("timeline", "timeline", "What units and memories did during " + timeline.layer,
         {names: names, row_count: names.length, duration: timeline.duration_us * 1e-6}, {bars: bars});
}
