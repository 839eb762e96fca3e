# cmake -D PARTS=reports/html -D VEGA=/usr/share/javascript/vega -D OUTPUT=page.html -P this
cmake_minimum_required(VERSION 3.22)
# Each part of Vega comes behind those it needs.
set(vega_modules vega-util vega-time vega-format vega-loader vega-dataflow vega-scale vega-canvas
    vega-scenegraph vega-statistics vega-expression vega-event-selector vega-selections
    vega-functions vega-runtime vega-view vega-parser vega-transforms vega-view-transforms
    vega-encode)

function(append file)
    file(READ ${file} text)
    file(APPEND ${OUTPUT} "${text}\n")
endfunction()

function(append_vega)
    append(${PARTS}/vega_begin.js)
    foreach(module ${vega_modules})
        # Debian's file of vega-selections has another name.
        string(REPLACE vega-selections vega-selection file ${module})
        file(READ ${VEGA}/${file}.min.js text)
        string(REGEX REPLACE "//# sourceMappingURL=[^\n]*" "" text "${text}")
        file(APPEND ${OUTPUT} "\nloading = \"${module}\";\n${text}\n")
    endforeach()
    append(${PARTS}/vega_end.js)
endfunction()

function(append_charts)
    file(GLOB charts ${PARTS}/charts/*.vg.json)
    foreach(chart ${charts})
        get_filename_component(name ${chart} NAME)
        string(REPLACE .vg.json "" name ${name})
        file(APPEND ${OUTPUT} "<script type=\"application/json\" id=\"chart-${name}\">\n")
        append(${chart})
        file(APPEND ${OUTPUT} "</script>\n")
    endforeach()
endfunction()

# A line of page.html that is @NAME@ stands for a part.
file(STRINGS ${PARTS}/page.html lines)
file(WRITE ${OUTPUT} "")
foreach(line IN LISTS lines)
    if(line STREQUAL "@STYLE@")
        append(${PARTS}/style.css)
    elseif(line STREQUAL "@LICENSE@")
        append(${PARTS}/vega-license.txt)
    elseif(line STREQUAL "@VEGA@")
        append_vega()
    elseif(line STREQUAL "@CHARTS@")
        append_charts()
    elseif(line STREQUAL "@CODE@")
        foreach(part format data tables charts page)
            append(${PARTS}/${part}.js)
        endforeach()
    else()
        file(APPEND ${OUTPUT} "${line}\n")
    endif()
endforeach()
