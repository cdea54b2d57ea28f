find_package(PostgreSQL REQUIRED)

add_library(hookd_postgres_server STATIC ${CMAKE_CURRENT_LIST_DIR}/postgres_server.cc)
target_include_directories(hookd_postgres_server PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(hookd_postgres_server PUBLIC absl::strings absl::time PRIVATE PostgreSQL::PostgreSQL hookd_warnings)
