# `cmake --install`: the program, its man page and completion, and the pure libraries as the CMake
# package "rung", so that another project says find_package(rung) and links rung::network_sim.
include(CMakePackageConfigHelpers)

install(TARGETS rung_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(MPI_C_FOUND)
  install(TARGETS rung_mpi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/rung)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/docs/rung.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(
  FILES ${PROJECT_SOURCE_DIR}/cli/completion/rung.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME rung)

set(rung_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/rung)
install(
  TARGETS rung_core rung_media rung_abr rung_recommend rung_session rung_prefetch rung_network_sim
  EXPORT rung_targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rung)
install(EXPORT rung_targets NAMESPACE rung:: FILE rung-targets.cmake DESTINATION ${rung_package_dir})
# An export of its own: whoever builds a policy needs none of what the libraries need.
install(
  TARGETS rung_policy_abi
  EXPORT rung_policy_abi_targets
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rung)
install(EXPORT rung_policy_abi_targets NAMESPACE rung:: FILE rung-policy-abi-targets.cmake
        DESTINATION ${rung_package_dir})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/rung-config.cmake.in ${PROJECT_BINARY_DIR}/rung-config.cmake
  INSTALL_DESTINATION ${rung_package_dir})
# Before 1.0 a new minor version may change the interfaces.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rung-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rung-config.cmake ${PROJECT_BINARY_DIR}/rung-config-version.cmake
        DESTINATION ${rung_package_dir})
