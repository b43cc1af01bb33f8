// What the items of a sub-group find together. SUBGROUPS 1: the device's own sub-groups (cl_khr_subgroups, or OpenCL C
// 3.0 with that feature). SUBGROUPS 2: eight items through local memory, which tests every line but the device's own
// functions where there are none. Every item of the work-group gets to each call.
#if SUBGROUPS == 1
#if __OPENCL_C_VERSION__ < 300
#pragma OPENCL EXTENSION cl_khr_subgroups : enable
#endif
#define SUB_GROUPS(ITEMS)
#define SUB_SUM(x) sub_group_reduce_add(x)
#define SUB_MAX(x) sub_group_reduce_max(x)
#define SUB_ID ((int)get_sub_group_id())
#define SUB_COUNT ((int)get_num_sub_groups())
#define SUB_ITEM ((int)get_sub_group_local_id())
#define SUB_SIZE ((int)get_sub_group_size())
#elif SUBGROUPS == 2
#define SUB_SIZE 8
inline int sub_linear(void) { return get_local_id(1) * get_local_size(0) + get_local_id(0); }
#define SUB_ID (sub_linear() / SUB_SIZE)
#define SUB_COUNT ((int)(get_local_size(0) * get_local_size(1)) / SUB_SIZE)
#define SUB_ITEM (sub_linear() % SUB_SIZE)
#define SUB_GROUPS(ITEMS) local float sub_values[ITEMS];
#define DEFINE_SUB(NAME, OPERATION)                                         \
  inline float NAME(float x, local float *values) {                         \
    values[sub_linear()] = x;                                               \
    barrier(CLK_LOCAL_MEM_FENCE);                                           \
    local const float *mine = values + SUB_ID * SUB_SIZE;                   \
    float result = mine[0];                                                 \
    for (int i = 1; i < SUB_SIZE; ++i) result = OPERATION(result, mine[i]); \
    barrier(CLK_LOCAL_MEM_FENCE);                                           \
    return result;                                                          \
  }
#define PLUS(a, b) ((a) + (b))
DEFINE_SUB(sub_sum, PLUS)
DEFINE_SUB(sub_max, fmax)
#define SUB_SUM(x) sub_sum(x, sub_values)
#define SUB_MAX(x) sub_max(x, sub_values)
#endif

// Adreno runs sub-groups of two sizes: the smaller one has the 64 items of our work-groups.
#if QCOM_SUBGROUP_SIZE
#pragma OPENCL EXTENSION cl_qcom_reqd_sub_group_size : enable
#define SUB_GROUP_KERNEL __attribute__((qcom_reqd_sub_group_size("half"))) kernel
#else
#define SUB_GROUP_KERNEL kernel
#endif
