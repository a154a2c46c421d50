// For ROOT's dictionary of what dump.cxx reads of tracks.
#include "xaod_classes.h"
#ifdef __ROOTCLING__
#pragma link C++ class std::vector<std::vector<ElementLink<DataVector<xAOD::IParticle>>>>+;
#pragma link C++ class std::vector<std::vector<float>>+;
#endif
