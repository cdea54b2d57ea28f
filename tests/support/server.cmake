add_library(hookd_server_process STATIC ${CMAKE_CURRENT_LIST_DIR}/health_check.cc ${CMAKE_CURRENT_LIST_DIR}/server_process.cc)
target_include_directories(hookd_server_process PUBLIC ${PROJECT_SOURCE_DIR})
target_compile_definitions(hookd_server_process PRIVATE
  HOOKD_PROGRAM="$<TARGET_FILE:hookd>" HOOKCTL_PROGRAM="$<TARGET_FILE:hookctl>")
target_link_libraries(hookd_server_process PUBLIC hookd_protos absl::time absl::strings PRIVATE hookd_warnings)
add_dependencies(hookd_server_process hookd hookctl)
