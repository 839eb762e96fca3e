# The frame of the HTML report: style, code, charts and the parts of Vega they need, in one file.
# Debian's libjs-vega has Vega as one file a part; vega_begin.js and vega_end.js join them.
set(TESSERA_PAGE ${CMAKE_BINARY_DIR}/report/page.html)
find_path(TESSERA_VEGA_DIR vega-view.min.js PATHS /usr/share/javascript/vega
          DOC "Folder of Vega 5's parts (Debian: libjs-vega)")
if(NOT TESSERA_VEGA_DIR)
    message(WARNING "Vega is not here (Debian: libjs-vega): `tessera report` will have no page")
    return()
endif()

set(page_parts ${CMAKE_SOURCE_DIR}/reports/html)
file(GLOB page_sources CONFIGURE_DEPENDS ${page_parts}/*.js ${page_parts}/*.css ${page_parts}/*.html
     ${page_parts}/*.txt ${page_parts}/charts/*.vg.json ${page_parts}/charts/*.js)
add_custom_command(OUTPUT ${TESSERA_PAGE}
    COMMAND ${CMAKE_COMMAND} -D PARTS=${page_parts} -D VEGA=${TESSERA_VEGA_DIR}
            -D OUTPUT=${TESSERA_PAGE} -P ${CMAKE_SOURCE_DIR}/cmake/assemble_page.cmake
    DEPENDS ${page_sources} ${CMAKE_SOURCE_DIR}/cmake/assemble_page.cmake
            ${TESSERA_VEGA_DIR}/vega-view.min.js
    COMMENT "Assembling the report's page" VERBATIM)
add_custom_target(tessera_page ALL DEPENDS ${TESSERA_PAGE})
install(FILES ${TESSERA_PAGE} DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/report)
