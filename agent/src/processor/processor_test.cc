#include "processor/processor.h"

#include <gtest/gtest.h>

#include "gguf/testing.h"
#include "model/testing.h"
#include "processor/activation_pool.h"
#include "processor/cpu_name.h"

namespace tandem {
namespace {

TEST(CpuName, IsReadFromEachSystemsText) {
  EXPECT_EQ(cpu_name_from("processor\t: 0\nmodel name\t: AMD EPYC 9R14\nflags\t: fpu\n"), "AMD EPYC 9R14");
  EXPECT_EQ(cpu_name_from("CPU part\t: 0xd4d\n\nHardware\t: Qualcomm SM8650\n"), "Qualcomm SM8650");
  EXPECT_EQ(cpu_name_from(
                "CPU implementer\t: 0x41\nCPU part\t: 0xd46\n\nCPU implementer\t: 0x41\nCPU part\t: 0xd4e\n"),
            "Arm CPU (implementer 0x41, part 0xd4e)");
  EXPECT_EQ(cpu_name_from(""), "unknown CPU");
  EXPECT_EQ(cpu_name_from("model name"), "unknown CPU");
}

TEST(ActivationPool, HasWhatItAnnounces) {
  const std::string bytes = testing_model::tiny_model_bytes({});
  const auto file = GgufFile::parse(testing_gguf::as_bytes(bytes));
  const auto shape = read_hyper_parameters(*file);
  const Weights weights = find_weights(*file, *shape).value();
  const Graph graph = build_graph(*shape, weights);
  const auto pool = ActivationPool::create(graph, 64, 2);
  ASSERT_TRUE(pool.ok());
  EXPECT_EQ(pool->bytes(), ActivationPool::bytes_needed(graph, 64, 2));
  for (const Value& value : graph.values) {
    float* data = pool->data(value);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 4096, 0U);
    const int64_t rows = value.rows == Rows::kLogits ? 2 : 64;
    std::fill(data, data + rows * value.width, 1.0F);  // All of it is ours: sanitizers look.
  }
}

}  // namespace
}  // namespace tandem
