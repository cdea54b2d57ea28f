add_library(hookd_server_process STATIC ${CMAKE_CURRENT_LIST_DIR}/server_process.cc)
target_include_directories(hookd_server_process PUBLIC ${PROJECT_SOURCE_DIR})
target_compile_definitions(hookd_server_process PRIVATE
  HOOKD_PROGRAM="$<TARGET_FILE:hookd>" HOOKCTL_PROGRAM="$<TARGET_FILE:hookctl>")
target_link_libraries(hookd_server_process PUBLIC hookd_protos absl::time absl::strings PRIVATE hookd_warnings)
add_dependencies(hookd_server_process hookd hookctl)

add_library(hookd_health STATIC ${CMAKE_CURRENT_LIST_DIR}/health.cc)
target_include_directories(hookd_health PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(hookd_health PUBLIC hookd_grpc_health PRIVATE hookd_warnings)

# Debian's httplib is a shared library: its flags decide the layout of its classes, so they must come from its .pc file.
find_package(PkgConfig REQUIRED)
if(NOT TARGET PkgConfig::cpp-httplib)
  pkg_check_modules(cpp-httplib REQUIRED IMPORTED_TARGET GLOBAL cpp-httplib)
endif()
add_library(hookd_api_client STATIC ${CMAKE_CURRENT_LIST_DIR}/api_client.cc ${CMAKE_CURRENT_LIST_DIR}/http_api_client.cc)
target_include_directories(hookd_api_client PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(hookd_api_client PUBLIC hookd_server_process absl::status
  PRIVATE PkgConfig::cpp-httplib absl::synchronization GTest::gtest hookd_warnings)
