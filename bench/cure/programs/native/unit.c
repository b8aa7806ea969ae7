/* One of many units that make compiles: -DSEED=N. Its functions take the optimiser some tenths of a second. */
#define F(n)                                                                                                           \
  double f##n(const double *a, double *b, int length) {                                                                \
    double sum = SEED;                                                                                                 \
    for (int i = 0; i < length; i++)                                                                                   \
      for (int k = 0; k < 8; k++) {                                                                                    \
        b[i] = a[i] * k + n;                                                                                           \
        sum += b[i] > n ? b[i] / (k + 1) : a[(i + k) % length] * sum;                                                  \
      }                                                                                                                \
    return sum;                                                                                                        \
  }
#define F4(n) F(n##0) F(n##1) F(n##2) F(n##3)
F4(1) F4(2) F4(3) F4(4) F4(5) F4(6) F4(7) F4(8)
