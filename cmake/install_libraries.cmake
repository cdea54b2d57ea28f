# What `cmake --install` gives C++ programs beside protos/ and client/: by find_package(hookd), the targets hookd::protos,
# hookd::samples and hookd::client; by pkg-config, hookd-protos (the samples with it) and hookd-client.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS hookd_protos hookd_samples hookd_client EXPORT hookdTargets)
install(FILES client/hookd/client.h client/hookd/event_stream.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hookd)
install(EXPORT hookdTargets NAMESPACE hookd:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hookd)
configure_package_config_file(cmake/hookdConfig.cmake.in hookdConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hookd)
write_basic_package_version_file(hookdConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/hookdConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/hookdConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hookd)

# The .pc files find the prefix from where they are, so that it can be moved.
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH prefix_from_pkgconfig /${pkgconfig_dir} /)
foreach(package hookd-protos hookd-client)
  configure_file(cmake/${package}.pc.in ${package}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${package}.pc DESTINATION ${pkgconfig_dir})
endforeach()
