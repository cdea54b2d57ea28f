add_library(hookd_fake_store STATIC ${CMAKE_CURRENT_LIST_DIR}/fake_cluster.cc
  ${CMAKE_CURRENT_LIST_DIR}/fake_store.cc ${CMAKE_CURRENT_LIST_DIR}/fake_store_projects.cc ${CMAKE_CURRENT_LIST_DIR}/fake_store_stats.cc
  ${CMAKE_CURRENT_LIST_DIR}/fake_store_waiting.cc)
target_include_directories(hookd_fake_store PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(hookd_fake_store PUBLIC hookd_base hookd_store PRIVATE hookd_warnings)
