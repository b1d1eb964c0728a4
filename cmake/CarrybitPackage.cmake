# find_package(carrybit) for other projects. Each room exports its own file (CarrybitRoom.cmake).

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/carrybit)
configure_package_config_file(cmake/carrybitConfig.cmake.in "${PROJECT_BINARY_DIR}/carrybitConfig.cmake"
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/carrybitConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/carrybitConfig.cmake"
  "${PROJECT_BINARY_DIR}/carrybitConfigVersion.cmake"
  cmake/FindGMP.cmake
  DESTINATION ${package_dir})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
