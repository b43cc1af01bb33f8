#include "base/system.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tandem {
namespace {

namespace fs = std::filesystem;

class SystemTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = (fs::temp_directory_path() / "tandem_system_test_XXXXXX").string();
    ASSERT_NE(mkdtemp(root_.data()), nullptr);
  }
  void TearDown() override { fs::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((fs::path(root_) / path).parent_path());
    std::ofstream(fs::path(root_) / path) << text;
  }

  std::string root_;
};

TEST_F(SystemTest, ReadsMemory) {
  write("proc/meminfo", "MemTotal:       7812345 kB\nMemFree: 1 kB\nMemAvailable:    4000 kB\n");
  write("proc/self/status", "Name:\ttandem\nVmHWM:\t   30 kB\nVmRSS:\t   20 kB\n");
  write("proc/self/statm", "400 7 3 1 0 90 0\n");
  const System system(root_);
  EXPECT_EQ(system.resident_memory(), 7 * static_cast<int64_t>(page_size()));
  EXPECT_EQ(system.memory().total, 7812345LL * 1024);
  EXPECT_EQ(system.memory().available, 4000 * 1024);
  EXPECT_EQ(system.process_memory().resident, 20 * 1024);
  EXPECT_EQ(system.process_memory().peak, 30 * 1024);
}

TEST_F(SystemTest, CoresOfAPhoneAreBigOrLittle) {
  write("sys/devices/system/cpu/online", "0-3,5\n");
  write("proc/self/status", "Cpus_allowed_list:\t0-7\n");
  const int64_t khz[] = {2265600, 1980000, 3148800, 3302400, 0, 0};
  for (int i = 0; i < 4; i++) {
    const std::string folder = "sys/devices/system/cpu/cpu" + std::to_string(i) + "/cpufreq/";
    write(folder + "cpuinfo_max_freq", std::to_string(khz[i]) + "\n");
    write(folder + "scaling_cur_freq", std::to_string(khz[i] / 2) + "\n");
  }
  const System system(root_);
  const auto cores = system.cores();
  ASSERT_EQ(cores.size(), 5u);
  EXPECT_TRUE(cores[0].big);
  EXPECT_FALSE(cores[1].big);  // 1980000 is less than 60 % of 3302400.
  EXPECT_TRUE(cores[2].big);
  EXPECT_EQ(cores[3].max_khz, 3302400);
  EXPECT_EQ(cores[4].id, 5);
  EXPECT_TRUE(cores[4].big);  // Its clock is not known.
  EXPECT_EQ(system.clocks_khz(), (std::vector<int64_t>{1132800, 990000, 1574400, 1651200, 0}));
}

TEST_F(SystemTest, OnlyCoresThatTheProcessMayUse) {
  write("sys/devices/system/cpu/online", "0-63\n");
  write("proc/self/status", "Cpus_allowed_list:\t2,9\n");
  const auto cores = System(root_).cores();
  ASSERT_EQ(cores.size(), 2u);
  EXPECT_EQ(cores[0].id, 2);
  EXPECT_EQ(cores[1].id, 9);
}

TEST_F(SystemTest, ThermalZonesThatWork) {
  write("sys/class/thermal/thermal_zone0/type", "gpu\n");
  write("sys/class/thermal/thermal_zone0/temp", "41500\n");
  write("sys/class/thermal/thermal_zone1/type", "off\n");
  write("sys/class/thermal/thermal_zone1/temp", "-273000\n");
  write("sys/class/thermal/thermal_zone2/temp", "38000\n");
  write("sys/class/thermal/cooling_device0/type", "fan\n");
  const auto zones = System(root_).temperatures();
  ASSERT_EQ(zones.size(), 2u);
  EXPECT_EQ(zones[0].name, "gpu");
  EXPECT_DOUBLE_EQ(zones[0].celsius, 41.5);
  EXPECT_EQ(zones[1].name, "thermal_zone2");
}

TEST_F(SystemTest, AnEmptyRootGivesNothing) {
  const System system(root_);
  EXPECT_EQ(system.memory().total, 0);
  EXPECT_TRUE(system.cores().empty());
  EXPECT_TRUE(system.temperatures().empty());
}

TEST(System, ThisMachineHasCoresAndMemory) {
  const System system;
  EXPECT_FALSE(system.cores().empty());
  EXPECT_GT(system.memory().total, 0);
  EXPECT_GT(system.process_memory().resident, 0);
}

}  // namespace
}  // namespace tandem
