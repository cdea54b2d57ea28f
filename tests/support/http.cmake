find_package(OpenSSL REQUIRED)

add_library(hookd_fake_http_client STATIC ${CMAKE_CURRENT_LIST_DIR}/fake_http_client.cc)
target_include_directories(hookd_fake_http_client PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(hookd_fake_http_client PUBLIC hookd_http absl::synchronization absl::time
  PRIVATE hookd_warnings)

add_library(hookd_http_receiver STATIC
  ${CMAKE_CURRENT_LIST_DIR}/http_receiver.cc
  ${CMAKE_CURRENT_LIST_DIR}/receiver_answer.cc
  ${CMAKE_CURRENT_LIST_DIR}/receiver_connection.cc
  ${CMAKE_CURRENT_LIST_DIR}/tls_certificates.cc)
target_include_directories(hookd_http_receiver PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(hookd_http_receiver PUBLIC absl::strings absl::synchronization absl::time
  PRIVATE OpenSSL::SSL Threads::Threads hookd_warnings)
