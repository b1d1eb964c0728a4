# Registration of tests; tests/CMakeLists.txt says what becomes what.

# Labels and time limit by the file's name.
function(carrybit_test_properties test file folder)
  set(labels ${folder})
  set(timeout 600)
  if(file MATCHES "_slow\\.[a-z]+$")
    list(APPEND labels slow)
    set(timeout 3600)
  endif()
  set_tests_properties(${test} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout})
endfunction()

# tests/sim/deep/test_x.py is the test sim.deep.x.
function(carrybit_test_name variable file)
  file(RELATIVE_PATH name "${CMAKE_CURRENT_SOURCE_DIR}" "${file}")
  string(REGEX REPLACE "\\.[a-z]+$" "" name "${name}")
  string(REGEX REPLACE "/test_([^/]*)$" "/\\1" name "${name}")
  string(REPLACE "/" "." name "${name}")
  set(${variable} "${name}" PARENT_SCOPE)
endfunction()

function(carrybit_test_program folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/lane_vectors\\.cpp$") # a program of its own: see lane_header.sh
  if(NOT sources)
    return()
  endif()

  set(program carrybit_tests_${folder})
  add_executable(${program} ${sources})
  carrybit_options(${program})
  carrybit_precompile(${program} program)
  if(TARGET carrybit_${folder})
    target_link_libraries(${program} PRIVATE carrybit_${folder}) # and, through it, the rooms below
  else()
    carrybit_link_rooms(${program})
  endif()
  target_include_directories(${program} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_compile_definitions(${program} PRIVATE CARRYBIT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${program} PRIVATE
    carrybit_tests_main doctest::doctest rapidcheck MPFR::mpfr GMP::gmpxx Eigen3::Eigen)

  foreach(source IN LISTS sources)
    carrybit_test_name(test "${source}")
    file(RELATIVE_PATH file "${PROJECT_SOURCE_DIR}" "${source}")
    add_test(NAME ${test} COMMAND ${program} "--source-file=*/${file}" --no-intro=true
      WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    carrybit_test_properties(${test} "${source}" ${folder})
    # A file whose test cases were all filtered away or compiled out has not passed.
    set_tests_properties(${test} PROPERTIES
      FAIL_REGULAR_EXPRESSION "test cases: +0 "
      SKIP_REGULAR_EXPRESSION "(^|\n)skipped: no GPU")
  endforeach()
endfunction()

function(carrybit_test_scripts folder)
  file(GLOB_RECURSE scripts CONFIGURE_DEPENDS
    "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/test_*.sh" "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/test_*.py")
  foreach(script IN LISTS scripts)
    carrybit_test_name(test "${script}")
    carrybit_script_test(${test} "${script}" ${folder})
  endforeach()
endfunction()

# A script run as a test: exit status 0 passes, 77 is "skipped". It finds CARRYBIT (the program), SOURCE_DIR and BUILD_DIR.
function(carrybit_script_test test script folder)
  if(script MATCHES "\\.py$")
    set(command ${CARRYBIT_PYTHON} "${script}")
    if(NOT CARRYBIT_PYTHON)
      set(command sh -c "echo 'skipped: no python3'; exit 77")
    endif()
  else()
    set(command bash "${script}")
  endif()
  add_test(NAME ${test} COMMAND ${command} ${ARGN} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  carrybit_test_properties(${test} "${script}" ${folder})
  set_tests_properties(${test} PROPERTIES
    SKIP_RETURN_CODE 77
    ENVIRONMENT "CARRYBIT=${PROJECT_BINARY_DIR}/carrybit;SOURCE_DIR=${PROJECT_SOURCE_DIR};BUILD_DIR=${PROJECT_BINARY_DIR}")
endfunction()
