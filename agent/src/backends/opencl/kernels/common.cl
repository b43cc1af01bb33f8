// Vectors of V lanes, an exponential, and repetition over the T tokens of a tile. V is the width that suits the
// device: 16 on a CPU with 512-bit registers, 4 on a GPU.
#ifndef V
#define V 16
#endif
#define CAT_INNER(a, b) a##b
#define CAT(a, b) CAT_INNER(a, b)
typedef CAT(float, V) floatv;
typedef CAT(uint, V) uintv;
typedef CAT(int, V) intv;
#define VLOAD CAT(vload, V)
#define VSTORE CAT(vstore, V)
#define VLOAD_HALF CAT(vload_half, V)
#define VSTORE_HALF CAT(vstore_half, V)
#define TO_FLOAT CAT(convert_float, V)

// What matmuls of many tokens multiply in: fp16 where the device has it (FP16 1), summed in fp16 over half a block
// of columns at most and in fp32 beyond; else fp32. FP16 2 is fp16 of a CPU's compiler, for tests.
#if FP16 == 1
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
typedef half real;
typedef CAT(half, V) realv;
#define TO_REAL(x) CAT(convert_half, V)(x)
#define REAL_TO_FLOAT(x) TO_FLOAT(x)
#elif FP16 == 2
typedef _Float16 real;
typedef _Float16 realv __attribute__((ext_vector_type(V)));
#define TO_REAL(x) __builtin_convertvector(x, realv)
#define REAL_TO_FLOAT(x) __builtin_convertvector(x, floatv)
#else
typedef float real;
typedef floatv realv;
#define TO_REAL(x) (x)
#endif

// A CPU's own prefetcher stops at pages; OpenCL's prefetch() does nothing in PoCL.
#if V == 16
#define PREFETCH(from) __builtin_prefetch((private const void *)(size_t)(from))
#else
#define PREFETCH(from)
#endif

#define EACH_1(X) X(0)
#define EACH_4(X) X(0) X(1) X(2) X(3)
#define EACH_8(X) EACH_4(X) X(4) X(5) X(6) X(7)
#define EACH_16(X) EACH_8(X) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

// e^x to 2 ulp: 2^n by its bits, e^r with |r| <= ln(2) / 2 by a polynomial. Below -87 it is 0; NaN stays NaN.
#define DEFINE_EXP(NAME, TYPE, AS_TYPE, AS_INT, CHOOSE)                                  \
  inline TYPE NAME(TYPE x) {                                                             \
    x = CHOOSE(x, (TYPE)(88.0f), x > (TYPE)(88.0f));                                     \
    const TYPE y = CHOOSE(x, (TYPE)(-87.0f), x < (TYPE)(-87.0f));                        \
    const TYPE t = fma(y, (TYPE)(1.44269504f), (TYPE)(12582912.0f));                     \
    const TYPE n = t - (TYPE)(12582912.0f);                                              \
    const TYPE r = fma(n, (TYPE)(-1.42860677e-6f), fma(n, (TYPE)(-0.693145752f), y));    \
    TYPE p = fma(r, (TYPE)(1.3888889e-3f), (TYPE)(8.3333333e-3f));                       \
    p = fma(p, r, (TYPE)(4.1666667e-2f));                                                \
    p = fma(p, r, (TYPE)(0.16666667f));                                                  \
    p = fma(p, r, (TYPE)(0.5f));                                                         \
    p = fma(p, r, (TYPE)(1.0f));                                                         \
    p = fma(p, r, (TYPE)(1.0f));                                                         \
    p *= AS_TYPE((AS_INT(t) + 127) << 23);                                               \
    return CHOOSE(p, (TYPE)(0.0f), x < (TYPE)(-87.0f));                                  \
  }
#define CHOOSE_VECTOR(no, yes, condition) select(no, yes, condition)
#define CHOOSE_SCALAR(no, yes, condition) ((condition) ? (yes) : (no))
DEFINE_EXP(exp_v, floatv, CAT(as_float, V), CAT(as_int, V), CHOOSE_VECTOR)
DEFINE_EXP(exp_1, float, as_float, as_int, CHOOSE_SCALAR)

// cap * tanh(x / cap), tanh(y) = 1 - 2 / (exp(2 y) + 1).
inline floatv softcap_v(floatv x, float cap) { return cap - 2.0f * cap / (exp_v(x * (2.0f / cap)) + 1.0f); }
inline float softcap_1(float x, float cap) { return cap - 2.0f * cap / (exp_1(x * (2.0f / cap)) + 1.0f); }

// Element (row, column) of a value [rows, width] whose features two processors split: columns [0, split) of all
// rows, then the others of all rows. A value in one block has split == width.
inline size_t split_index(int row, int column, int rows, int width, int split) {
  return column < split ? (size_t)row * split + column
                        : (size_t)rows * split + (size_t)row * (width - split) + (column - split);
}
