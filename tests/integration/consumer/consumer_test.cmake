# cmake -P: see CMakeLists.txt. Begins anew each time, so that nothing of an earlier install helps.
set(prefix ${WORK_DIR}/prefix)
file(REMOVE_RECURSE ${WORK_DIR})

# A static library that was built for a sanitizer needs it in whatever it is linked into.
set(flags)
if(SANITIZE)
  set(flags "-fsanitize=${SANITIZE}")
elseif(COVERAGE)
  set(flags "-fprofile-instr-generate")
endif()

execute_process(COMMAND ${CMAKE_COMMAND} --install ${HOOKD_BINARY_DIR} --prefix ${prefix}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${PROJECT} -B ${WORK_DIR}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${prefix}
          -DCMAKE_CXX_COMPILER=${CXX_COMPILER} -DCMAKE_C_COMPILER=${C_COMPILER} "-DCMAKE_CXX_FLAGS=${flags}"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK_DIR}/build COMMAND_ERROR_IS_FATAL ANY)
# This program has nothing by which the thread sanitizer would understand Debian's libraries (tests/support/tsan_mutex.cc).
execute_process(COMMAND ${CMAKE_COMMAND} -E env TSAN_OPTIONS=report_bugs=0 ${WORK_DIR}/build/consumer
  COMMAND_ERROR_IS_FATAL ANY)

# The programs and the .proto files are there as well.
execute_process(COMMAND ${prefix}/bin/hookctl --version COMMAND_ERROR_IS_FATAL ANY)
foreach(file share/hookd/protos/hookd/v1/event_service.proto share/hookd/protos/google/api/annotations.proto
             include/hookd/client.h include/hookd/v1/samples.h)
  if(NOT EXISTS ${prefix}/${file})
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()
