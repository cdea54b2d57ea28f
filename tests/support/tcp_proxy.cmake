add_library(hookd_tcp_proxy STATIC ${CMAKE_CURRENT_LIST_DIR} / tcp_proxy.cc)
    target_include_directories(hookd_tcp_proxy PUBLIC ${PROJECT_SOURCE_DIR}) target_link_libraries(
        hookd_tcp_proxy PUBLIC absl::synchronization PRIVATE Threads::Threads hookd_warnings)
