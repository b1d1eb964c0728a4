# carrybit_room(name [INTERNAL] [USES room...] [NEEDS target...] [EXCEPT file...] [LARGE_HEADERS header...])
#
# One folder, one library: carrybit_NAME (alias carrybit::NAME), made of every .cpp below the current folder (with
# CARRYBIT_CUDA, of every .cu too), with the rooms it stands on and the imported targets its headers or sources need.
# A folder without sources is an INTERFACE library. An INTERNAL room is not installed.

function(carrybit_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "INTERNAL" "" "USES;NEEDS;EXCEPT;LARGE_HEADERS")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(CARRYBIT_CUDA)
    file(GLOB_RECURSE kernels CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cu")
    list(APPEND sources ${kernels})
  endif()
  foreach(file IN LISTS room_EXCEPT)
    list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  endforeach()

  set(target carrybit_${name})
  if(sources)
    add_library(${target} STATIC ${sources})
    carrybit_options(${target})
    carrybit_precompile(${target} library ${room_LARGE_HEADERS})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    target_compile_features(${target} INTERFACE cxx_std_20)
    set(scope INTERFACE)
  endif()
  add_library(carrybit::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})

  target_compile_options(${target} ${scope} ${CARRYBIT_FP_FLAGS})
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/carrybit>)
  foreach(used IN LISTS room_USES)
    target_link_libraries(${target} ${scope} carrybit_${used})
  endforeach()
  target_link_libraries(${target} ${scope} ${room_NEEDS})

  if(room_INTERNAL)
    return()
  endif()
  install(TARGETS ${target} EXPORT carrybit-${name} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT carrybit-${name} NAMESPACE carrybit::
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/carrybit FILE carrybit-${name}.cmake)
  install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/carrybit/${name}
    FILES_MATCHING PATTERN "*.hpp")
endfunction()

# carrybit_link_rooms(target): link a program of ours with every room.
function(carrybit_link_rooms target)
  target_link_libraries(${target} PRIVATE carrybit_app carrybit_quantization carrybit_experiments)
endfunction()
