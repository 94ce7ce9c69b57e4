# What most files of a target include, read by the compiler once: else it is most of the time that an
# unoptimized file takes. Not for ccache, which would keep none of them; and not for the programs as
# they are shipped, so that one build of CI tells that each file includes what it needs.
function(precompile TARGET)
  if(TARGET ${TARGET})
    target_precompile_headers(${TARGET} PRIVATE <algorithm> <chrono> <map> <memory> <optional> <string>
                              <string_view> <utility> <variant> <vector> ${ARGN})
  endif()
endfunction()

set(configuration ${CMAKE_SOURCE_DIR}/config/config.h)
set(words ${configuration} ${CMAKE_SOURCE_DIR}/common/core/messages.h)
if(HOLDFAST_SANITIZE)
  precompile(config ${configuration} ${CMAKE_SOURCE_DIR}/config/scalars.h)
  precompile(import ${CMAKE_SOURCE_DIR}/import/context.h)
  precompile(status ${words} <nlohmann/json.hpp>)
  precompile(vrrp_core ${CMAKE_SOURCE_DIR}/vrrp-worker/core/vrrp_core.h)
  precompile(vrrp_shell ${words})
  precompile(check_core ${CMAKE_SOURCE_DIR}/check-worker/core/check_core.h)
  precompile(check_shell ${words})
  precompile(balance_core ${CMAKE_SOURCE_DIR}/balance-worker/core/balance_core.h)
  precompile(supervisor_core ${CMAKE_SOURCE_DIR}/supervisor/core/supervisor_core.h)
  precompile(supervisor_shell ${words})
  precompile(foresee ${CMAKE_SOURCE_DIR}/vrrp-worker/core/vrrp_core.h)
  precompile(ctl ${CMAKE_SOURCE_DIR}/common/core/result.h)
  precompile(ctl_config ${configuration} <nlohmann/json.hpp>)
  precompile(holdfastctl ${CMAKE_SOURCE_DIR}/ctl/command.h ${CMAKE_SOURCE_DIR}/ctl/console.h)
  precompile(simulator ${CMAKE_SOURCE_DIR}/tests/simulator/host.h
             ${CMAKE_SOURCE_DIR}/tests/simulator/vrrp_process.h)
endif()
if(HOLDFAST_UNIT_TESTS)
  foreach(target test_balance test_check test_ctl test_import test_supervisor test_vrrp unit_common
                 unit_config)
    precompile(${target} <gtest/gtest.h> ${words})
  endforeach()
endif()
