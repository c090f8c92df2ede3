/* Colours of a picture's nodes and edges: grey where little is spent, to red, or green for what a
 * diff has saved. */
#include <math.h>

#include "reader/report/dot_parts.h"

/* How far colours move away from grey, so that small shares can be told apart. */
static const double shift = 0.7;

char *dot_color(double share, bool background, char text[8]) {
    double saturation = background ? 0.1 : 1.0, value = background ? 0.93 : 0.7;
    double red = value, green = value, blue;

    share = share != share ? share : fmax(-1.0, fmin(1.0, share));
    if (fabs(share) < 0.2)
        saturation *= fabs(share) / 0.2;
    if (share > 0)
        share = pow(share, 1.0 - shift);
    if (share < 0)
        share = -pow(-share, 1.0 - shift);
    if (share < 0)
        red = value * (1 + saturation * share);
    else
        green = value * (1 - saturation * share);
    blue = value * (1 - saturation);
    snprintf(text, 8, "#%02x%02x%02x", (unsigned char)(red * 255.0), (unsigned char)(green * 255.0),
             (unsigned char)(blue * 255.0));
    return text;
}
