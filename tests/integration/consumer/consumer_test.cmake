# cmake -P: see CMakeLists.txt. Begins anew each time, so that nothing of an earlier install helps.
set(prefix ${WORK_DIR}/prefix)
file(REMOVE_RECURSE ${WORK_DIR})

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(build folder)
  run(${CMAKE_COMMAND} -S ${folder} -B ${WORK_DIR}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${prefix}
      -DCMAKE_CXX_COMPILER=${CXX_COMPILER} -DCMAKE_C_COMPILER=${C_COMPILER} "-DCMAKE_CXX_FLAGS=${flags}"
      -DHOOKD_SOURCE_DIR=${HOOKD_SOURCE_DIR} -DMAIN=${HERE}/installed/main.cc --no-warn-unused-cli)
  run(${CMAKE_COMMAND} --build ${WORK_DIR}/build --parallel 2)
endfunction()

# A static library that was built for a sanitizer needs it in whatever it is linked into.
set(flags)
if(SANITIZE)
  set(flags "-fsanitize=${SANITIZE}")
elseif(COVERAGE)
  set(flags "-fprofile-instr-generate")
endif()

if(WAY STREQUAL "fetch_content")
  build(${HERE}/embedding)
  # Its `cmake --install` installs what is its own.
  run(${CMAKE_COMMAND} --install ${WORK_DIR}/build --prefix ${prefix})
  file(GLOB_RECURSE installed RELATIVE ${prefix} ${prefix}/*)
  if(NOT installed STREQUAL "bin/consumer")
    message(FATAL_ERROR "installed with a program of someone else's: ${installed}")
  endif()
else()
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${HOOKD_BINARY_DIR} --prefix ${prefix}
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endif()

if(WAY STREQUAL "find_package")
  build(${HERE}/installed)
  # The programs are there as well, and the .proto files are one include root.
  run(${prefix}/bin/hookctl --version)
  run(protoc -I ${prefix}/share/hookd/protos --descriptor_set_out=${WORK_DIR}/descriptors hookd/v1/event_service.proto
      hookd/v1/webhook_service.proto hookd/v1/delivery_service.proto hookd/v1/token_service.proto hookd/v1/admin_service.proto)
  run(protoc --descriptor_set_in=${prefix}/share/hookd/hookd.binpb --cpp_out=${WORK_DIR} hookd/v1/event.proto)
elseif(WAY STREQUAL "pkg-config")
  set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
  file(MAKE_DIRECTORY ${WORK_DIR}/build)
  foreach(question cflags libs)
    execute_process(COMMAND pkg-config --${question} "hookd-client >= 0.1" OUTPUT_VARIABLE ${question} COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(${question} UNIX_COMMAND "${${question}}")
  endforeach()
  run(${CXX_COMPILER} -std=c++17 ${flags} ${cflags} ${HERE}/installed/main.cc -o ${WORK_DIR}/build/consumer ${libs})
endif()

# This program has nothing by which the thread sanitizer would understand Debian's libraries (tests/support/tsan_synchronization.cc).
run(${CMAKE_COMMAND} -E env TSAN_OPTIONS=report_bugs=0 ${WORK_DIR}/build/consumer)
