/* Logarithm and exponential by range reduction and a series: sampling needs a handful of them per
 * sampled event, so plainness beats speed. */
#include "preload/math.h"

#include <string.h>

#include "preload/attributes.h"

#define LN2 0.693147180559945309417232

HOT double math_log(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52;
    double m; /* 1 <= m < 2 */
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m /= 2;
        exponent++;
    }
    /* log m = 2 atanh z = 2 (z + z^3/3 + z^5/5 ...), |z| < 0.172 */
    double z = (m - 1) / (m + 1), z2 = z * z, sum = 0;
    for (int k = 17; k >= 1; k -= 2)
        sum = sum * z2 + 1.0 / k;
    return exponent * LN2 + 2 * z * sum;
}

HOT double math_one_minus_exp_minus(double x) {
    if (x > 40)
        return 1;
    /* With y = x / 2^n < 1/16: f(y) = 1 - exp(-y) = y - y^2/2 + y^3/6 ..., and
     * f(2y) = f(y) (2 - f(y)). */
    int n = 0;
    for (; x > 0.0625; x /= 2)
        n++;
    double f = 0;
    for (int k = 10; k >= 1; k--)
        f = x / k * (1 - f);
    for (; n > 0; n--)
        f *= 2 - f;
    return f;
}
