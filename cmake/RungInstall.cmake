# `cmake --install`: the program and an exported CMake package of the pure libraries.

install(TARGETS rung_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
