# Reads the headers of libraries once for many sources, rather than for each: a sanitizer's build, of which reading
# them is most, takes 0.6 of the time. Does nothing unless HOOKD_PRECOMPILE_HEADERS is on.
#   hookd_precompiled_headers(NAME LINKS library... HEADERS more...)   those below, and more
#   hookd_read_precompiled_headers(TARGET NAME)                        for the sources of a target

if(HOOKD_PRECOMPILE_HEADERS)
  add_compile_options(-pthread)  # some libraries ask for it, and all that share a header must agree
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")  # for ccache
  endif()
  if(CCACHE)
    # Without these it keeps nothing that reads a precompiled header (ccache's manual, "Precompiled headers").
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  endif()
endif()

function(hookd_precompiled_headers name)
  cmake_parse_arguments(ARG "" "" "LINKS;HEADERS" ${ARGN})
  if(HOOKD_PRECOMPILE_HEADERS)
    file(CONFIGURE OUTPUT ${name}.cc CONTENT "")
    add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
    target_link_libraries(${name} PRIVATE ${ARG_LINKS})
    target_precompile_headers(${name} PRIVATE
      <functional> <map> <memory> <optional> <string> <thread> <vector> <absl/container/flat_hash_map.h>
      <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/synchronization/mutex.h> <absl/time/time.h>
      <grpcpp/grpcpp.h> ${ARG_HEADERS})
  endif()
endfunction()

function(hookd_read_precompiled_headers target name)
  if(HOOKD_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
